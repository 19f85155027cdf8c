import { checkParsers } from './check-parsers.ts';
import { PARSERS_OF_FILES } from './parsers-of-files.ts';

checkParsers('parsers of files and flags', PARSERS_OF_FILES);
