/** What a splitter tells its judge of bytes that nobody sees; how frames are judged is for each test to say. */
import assert from 'node:assert/strict';
import { type FrameJudge } from '../../src/core/codec/frame-splitter.ts';

export abstract class CountingJudge implements FrameJudge {
  readonly asked: string[] = [];
  oversized = 0;
  verbatims = 0;
  unseen = 0;
  seen = 0;

  abstract frame(...given: Parameters<FrameJudge['frame']>): ReturnType<FrameJudge['frame']>;
  abstract lastFrame(...given: Parameters<FrameJudge['lastFrame']>): ReturnType<FrameJudge['lastFrame']>;

  oversize(): void {
    this.oversized++;
  }
  oversizeBytes(bytes: number): void {
    assert.ok(bytes > 0);
    this.unseen += bytes;
  }
  verbatim(): void {
    this.verbatims++;
  }
  verbatimBytes(bytes: number): void {
    assert.ok(bytes > 0);
    this.unseen += bytes;
  }
}
