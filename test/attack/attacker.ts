/** Runs one attack and ends. Usage: node test/attack/attacker.ts NAME TARGET, which is a Target as JSON. */
import type { Target } from './attack.ts';
import { ATTACKS } from './attacks.ts';

const [name, target = ''] = process.argv.slice(2);
const attack = ATTACKS.find((one) => one.name === name);
if (attack === undefined) throw new Error(`no attack is called ${name ?? ''}`);
await attack.run(JSON.parse(target) as Target);
process.exit(0);
