/** docs/config.schema.json: the config file as a JSON Schema, rendered from the table of settings. Pure. */
import { RESERVED } from '../../src/core/projection/projections-of.ts';
import type { JsonSchema } from '../../src/config/kinds.ts';
import { fileKey, SETTING_FIELDS, SETTINGS } from '../../src/config/settings.ts';

const PATHS: JsonSchema = { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } };

const PROJECTIONS: JsonSchema = {
  description: 'Projections of your own, by the names that preset may then have.',
  type: 'object',
  propertyNames: { pattern: '^[a-z][a-z0-9-]{0,62}$', not: { enum: [...RESERVED] } },
  additionalProperties: {
    type: 'object',
    properties: { include: { $ref: '#/definitions/paths' }, exclude: { $ref: '#/definitions/paths' } },
    additionalProperties: false,
    oneOf: [{ required: ['include'] }, { required: ['exclude'] }],
  },
};

/** A schema does not know where the file lies. */
const NAMED = 'Only in a file that --config names, not in the default one.';

/** The schema as text. An empty file is a valid one. */
export function renderConfigSchema(): string {
  const rows = SETTING_FIELDS.map((field) => SETTINGS[field]).filter((row) => row.inFile !== 'none');
  const settings = rows.map((row): [string, JsonSchema] => [
    fileKey(row.flag),
    {
      description: row.inFile === 'named' ? `${row.help} ${NAMED}` : row.help,
      ...row.kind.schema,
      ...(row.default === undefined ? {} : { default: row.default }),
    },
  ]);
  const schema: JsonSchema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Config file of watchsieve',
    $comment: 'Generated from src/config/settings.ts.',
    type: ['object', 'null'],
    properties: Object.fromEntries([...settings, ['projections', PROJECTIONS]]),
    additionalProperties: false,
    definitions: { paths: PATHS },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
