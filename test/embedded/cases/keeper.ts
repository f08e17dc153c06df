/**
 * Stands for `fernlake up` in dev-server.test.ts: starts a dev server, says so in one JSON line, and at SIGINT tells
 * whether the server still answers before it stops it.
 */
import { startDevServer } from '../../../src/embedded/dev-server.js';
import { portAnswers } from '../../../src/embedded/ports.js';

const [cliPath = '', dbFile = ''] = process.argv.slice(2);
const server = await startDevServer({ cliPath, dbFile, port: 0, uiPort: false, log: console.error });
const port = Number(server.address.split(':')[1]);

process.once('SIGINT', () => {
  void (async () => {
    // A Ctrl-C reaches a whole process group at once; give the server the time to have died of it.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    console.log(JSON.stringify({ stillAnswers: await portAnswers(port) }));
    await server.stop();
    console.log(JSON.stringify({ stopped: true }));
  })();
});
console.log(JSON.stringify({ pid: server.pid, address: server.address }));
