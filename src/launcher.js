#!/usr/bin/env node
/*
 * The file that a shell starts. Says which Node.js is needed before anything is loaded that an older one cannot read, so
 * nothing in here may be younger than import() itself. Copied into dist/ as it is (build.ts).
 */
var NEEDED = '22.19';

function isOlder(version, than) {
  var a = version.split('.');
  var b = than.split('.');
  return Number(a[0]) < Number(b[0]) || (a[0] === b[0] && Number(a[1]) < Number(b[1]));
}

if (isOlder(process.versions.node, NEEDED)) {
  console.error(
    'watchsieve: needs Node.js ' +
      NEEDED +
      ' or newer, this is ' +
      process.versions.node.split('.').slice(0, 2).join('.'),
  );
  process.exit(1);
}
void import('./main.js');
