// `npm start`: everything from a fresh clone to a dashboard with live cards.
import { installPackages, runOnPinnedNode } from './lib/bootstrap.mjs';

installPackages();
runOnPinnedNode('scripts/demo.ts', process.argv.slice(2));
