import { checkParsers } from './check-parsers.ts';
import { PARSERS_OF_ANSWERS } from './parsers-of-answers.ts';

checkParsers('parsers of what servers answer', PARSERS_OF_ANSWERS);
