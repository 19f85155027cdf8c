import { checkParsers } from './check-parsers.ts';
import { PARSERS_OF_PODS } from './parsers-of-pods.ts';

checkParsers('parsers of Pods', PARSERS_OF_PODS);
