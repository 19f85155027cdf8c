import { checkParsers } from './check-parsers.ts';
import { PARSERS_OF_REQUESTS } from './parsers-of-requests.ts';

checkParsers('parsers of what clients send', PARSERS_OF_REQUESTS);
