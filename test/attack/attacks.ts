/** All attacks, in the order of the table. */
import type { Attack } from './attack.ts';
import { abortedRequests } from './attacks/aborted-requests.ts';
import { expiredToken } from './attacks/expired-token.ts';
import { freezingTargets } from './attacks/freezing-targets.ts';
import { h2Frames, h2Heads, h2Refused, h2Resets, h2Unread } from './attacks/h2.ts';
import { hubLists, hubPipelined, hubQuestions, hubTokens, hubUnread, hubWatches } from './attacks/hub.ts';
import { idleConnections } from './attacks/idle-connections.ts';
import { longEvents, longFrames } from './attacks/long-frames.ts';
import { manyNodes } from './attacks/many-nodes.ts';
import { pipelinedMetrics } from './attacks/pipelined-metrics.ts';
import { pipelinedRequests } from './attacks/pipelined-requests.ts';
import { refusedUpgrades } from './attacks/refused-upgrades.ts';
import { slowReaders } from './attacks/slow-readers.ts';
import { unansweredUpgrades } from './attacks/unanswered-upgrades.ts';
import { unfinishedBodies } from './attacks/unfinished-bodies.ts';
import { allowedHeads, unfinishedHeads } from './attacks/unfinished-heads.ts';
import { largeConfigFiles } from './attacks/large-config-files.ts';
import {
  webhookBodies,
  webhookBrackets,
  webhookSlowBodies,
  webhookValues,
} from './attacks/webhook-bodies.ts';
import { waitingRequests } from './attacks/waiting-requests.ts';

export const ATTACKS: readonly Attack[] = [
  freezingTargets,
  pipelinedRequests,
  pipelinedMetrics,
  idleConnections,
  waitingRequests,
  unfinishedHeads,
  allowedHeads,
  unfinishedBodies,
  slowReaders,
  manyNodes,
  longFrames,
  longEvents,
  unansweredUpgrades,
  refusedUpgrades,
  abortedRequests,
  expiredToken,
  largeConfigFiles,
  webhookBodies,
  webhookBrackets,
  webhookValues,
  webhookSlowBodies,
  hubQuestions,
  hubTokens,
  hubWatches,
  hubUnread,
  hubLists,
  hubPipelined,
  h2Resets,
  h2Frames,
  h2Heads,
  h2Refused,
  h2Unread,
];
