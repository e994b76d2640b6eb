#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// The part of the heap in which everything begins would grow when a hub starts and connects to many endpoints at once,
// and never shrink again: with a thousand of them this is 165 instead of 260 MB for a tenth more of processor time. One
// thread clears so small a part in no more time and with less memory than several. It has to be said before anything is
// loaded, and only a program may say it: the library leaves such things to its host.
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--no-parallel-scavenge');
const { runCommandLine } = await import('./command-line.js');
await runCommandLine();
