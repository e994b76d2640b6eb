/**
 * A program that answers as Ollama does on its usual port, with the models that its arguments name, all of them loaded.
 * It prints a line when it listens. At SIGTERM it prints what it was asked that could have disturbed a model, as JSON, and ends.
 */
import { startRecordedServer } from '@corral/testkit';

const server = await startRecordedServer('ollama', {
  port: 11_434,
  models: process.argv.slice(2).map((name) => ({ name, loaded: true, sizeBytes: 5e9, vramBytes: 4e9 })),
});
process.stdout.write('listening\n');
process.once('SIGTERM', () => {
  const { requests, unsafe } = server;
  process.stdout.write(JSON.stringify({ asked: requests.length, unsafe }), () => process.exit(0));
});
