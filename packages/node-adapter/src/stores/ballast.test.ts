import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ballast, type BallastOptions } from './ballast.js';
import { StoreFolder } from './sqlite-folder.fixture.js';

let folder: StoreFolder;
let file: string;
let clock: SimulatedClock;
beforeEach(() => {
  folder = new StoreFolder();
  file = path.join(folder.path, 'corral.ballast');
  clock = new SimulatedClock();
});
afterEach(() => folder.dispose());

const make = (options: BallastOptions = {}): Ballast =>
  new Ballast(file, { bytes: 5000, roomBytes: 1, clock, ...options });

describe('Ballast', () => {
  it('takes 4 MiB that no file system can store as less, for its owner alone', () => {
    new Ballast(file).keep();
    expect(statSync(file)).toMatchObject({ size: 4 * 1024 ** 2, mode: 0o100_600 });
    expect(new Set(readFileSync(file).subarray(0, 65_536)).size).toBe(256);
  });

  it('is not made where there is less room than that', () => {
    make({ roomBytes: 2 ** 60 }).keep();
    expect(existsSync(file)).toBe(false);
  });

  it('is made again after it was given up, and no more often than every ten seconds', async () => {
    const ballast = make();
    ballast.keep();
    await clock.advance(60_000);
    expect(ballast.free()).toBe(true);
    expect(ballast.free()).toBe(false);
    ballast.keep();
    await clock.advance(9999);
    ballast.keep();
    expect(existsSync(file)).toBe(false);
    await clock.advance(1);
    ballast.keep();
    expect(existsSync(file)).toBe(true);
  });

  it('takes one that is there, and makes one anew that is not whole', () => {
    make().keep();
    const bytes = readFileSync(file);
    make().keep();
    expect(readFileSync(file)).toEqual(bytes);
    writeFileSync(file, 'torn');
    make().keep();
    expect(statSync(file).size).toBe(5000);
  });

  it('is given up by whoever comes later', () => {
    make().keep();
    expect(make().free()).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  it('is content where it cannot be made or removed', () => {
    mkdirSync(file);
    const ballast = make();
    ballast.keep();
    expect(ballast.free()).toBe(false);
    new Ballast(path.join(folder.path, 'nowhere', 'corral.ballast')).keep();
  });
});
