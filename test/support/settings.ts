/** Settings as the program has them that name resources: with the tables that these need. */
import { gatherSettings, namedResources, type SettingsInput } from '../../src/config/gather.ts';
import { type ParsedSettings, settle } from '../../src/config/parse-settings.ts';
import { builtInsFor } from '../../src/core/resource/built-in.ts';

export async function settled(input: SettingsInput): Promise<ParsedSettings> {
  const gathered = gatherSettings(input);
  return settle(gathered, await builtInsFor(namedResources(gathered)));
}
