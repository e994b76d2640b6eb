import { type JobLogger, type JobLogLevel, jobLogLevels } from '@corral/core';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import winston from 'winston';
import { type BridgedConsole, bridgeConsole } from './bridge-console.js';
import { jobLogLevelOf } from './job-log-record.js';
import { pinoBridge } from './pino-bridge.js';
import { winstonTransport } from './winston-transport.js';

type Line = readonly [JobLogLevel, string];

/** A job's log that remembers. */
function logInTest(onLine: (line: Line) => void = () => {}): { log: JobLogger; lines: Line[] } {
  const lines: Line[] = [];
  const log = Object.fromEntries(
    jobLogLevels.map((level) => [
      level,
      (message: string) => {
        lines.push([level, message]);
        onLine([level, message]);
      },
    ]),
  ) as JobLogger;
  return { log, lines };
}

/** A console that remembers. */
function consoleInTest(): { target: BridgedConsole; printed: string[] } {
  const printed: string[] = [];
  const print =
    (name: string) =>
    (...args: unknown[]): void =>
      void printed.push(`${name} ${String(args[0])}`);
  const names = ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const;
  const target = Object.fromEntries(names.map((name) => [name, print(name)])) as BridgedConsole;
  return { target, printed };
}

describe('bridgeConsole', () => {
  it('puts every level on the job as well, formatted as the console does', () => {
    const { target, printed } = consoleInTest();
    const { log, lines } = logInTest();
    const undo = bridgeConsole(log, target);
    target.debug('a');
    target.trace('b');
    target.log('%s has %d', 'c', 3, { d: [1] });
    target.info('e');
    target.warn('f');
    target.error('g', new Error('h').message);
    undo();
    undo();
    target.error('after');
    expect(lines).toEqual([
      ['debug', 'a'],
      ['debug', 'b'],
      ['info', 'c has 3 { d: [ 1 ] }'],
      ['info', 'e'],
      ['warn', 'f'],
      ['error', 'g h'],
    ]);
    expect(printed).toHaveLength(7);
  });

  it('is no endless loop where the log prints to the console itself', () => {
    const { target, printed } = consoleInTest();
    const { log, lines } = logInTest(() => target.log('seen'));
    bridgeConsole(log, target);
    target.info('once');
    expect(lines).toEqual([['info', 'once']]);
    expect(printed).toEqual(['info once', 'log seen']);
  });

  it('serves several jobs, undone in any order, and puts everything back at the end', () => {
    const { target } = consoleInTest();
    const before = { ...target };
    const [one, two] = [logInTest(), logInTest()];
    const undoOne = bridgeConsole(one.log, target);
    const undoTwo = bridgeConsole(two.log, target);
    target.log('both');
    undoOne();
    target.log('second');
    undoTwo();
    expect([one.lines.length, two.lines.length]).toEqual([1, 2]);
    expect({ ...target }).toEqual(before);
  });

  it('never throws into whoever prints', () => {
    const { target } = consoleInTest();
    const undo = bridgeConsole(
      logInTest(() => {
        throw new Error('the job is over');
      }).log,
      target,
    );
    const hostile = {
      [Symbol.for('nodejs.util.inspect.custom')]: () => {
        throw new Error('no');
      },
    };
    expect(() => {
      target.log('a');
      target.log('b', hostile);
    }).not.toThrow();
    undo();
  });

  it('takes the console of the process where none is given', () => {
    const { log: original } = console;
    const undo = bridgeConsole(logInTest().log);
    expect(console.log).not.toBe(original);
    undo();
    expect(console.log).toBe(original);
  });
});

describe('pinoBridge', () => {
  it('takes records of a real pino of every level, with their fields', () => {
    const { log, lines } = logInTest();
    const logger = pino({ level: 'trace' }, pinoBridge(log));
    logger.trace('a');
    logger.debug('b');
    logger.info({ step: 2, nested: { x: 1 } }, 'c %s', 'd');
    logger.child({ part: 'p' }).warn('e');
    logger.error(new Error('broken'));
    logger.fatal('f');
    expect(lines.map(([level]) => level)).toEqual(['debug', 'debug', 'info', 'warn', 'error', 'error']);
    expect(lines[2]?.[1]).toBe('c d step=2 nested={ x: 1 }');
    expect(lines[3]?.[1]).toBe('e part=p');
    expect(lines[4]?.[1]).toContain('broken');
  });

  it('takes lines that are no records', () => {
    const { log, lines } = logInTest();
    pinoBridge(log).write('plain\n{"msg":1}\n\n');
    expect(lines).toEqual([
      ['info', 'plain'],
      ['info', '{"msg":1}'],
    ]);
  });
});

describe('winstonTransport', () => {
  it('takes records of a real winston of every level, with their fields', async () => {
    const { log, lines } = logInTest();
    const logger = winston.createLogger({
      level: 'silly',
      format: winston.format.combine(winston.format.errors({ stack: true }), winston.format.splat()),
      transports: [winstonTransport(log)],
    });
    for (const level of ['silly', 'debug', 'verbose', 'http', 'info', 'warn', 'error'])
      logger.log(level, `at ${level}`);
    logger.info('%s is %d', 'x', 3, { step: 2 });
    logger.error(new Error('broken'));
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(9);
    expect(lines.map(([level]) => level)).toEqual([
      ...['debug', 'debug', 'debug', 'info', 'info', 'warn', 'error'],
      ...['info', 'error'],
    ]);
    expect(lines[7]?.[1]).toBe('x is 3 step=2');
    expect(lines[8]?.[1]).toContain('broken');
    logger.close();
  });
});

describe('redaction', () => {
  it('takes secrets out of messages and fields, whatever the logger', async () => {
    const { log, lines } = logInTest();
    const { target } = consoleInTest();
    const undo = bridgeConsole(log, target);
    target.log('Authorization: Bearer abcdefghijkl');
    undo();
    pino(pinoBridge(log)).info({ apiKey: 'abcdefghijkl' }, 'api_key=abcdefghijkl');
    winstonTransport(log).write({ level: 'info', message: 'hf_abcdefghijkl', password: 'abcdefghijkl' });
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(3);
    expect(JSON.stringify(lines)).not.toContain('abcdefghijkl');
  });
});

describe('jobLogLevelOf', () => {
  it.each([
    [10, 'debug'],
    [20, 'debug'],
    [30, 'info'],
    [35, 'info'],
    [40, 'warn'],
    [50, 'error'],
    [60, 'error'],
    ['FATAL', 'error'],
    ['emerg', 'error'],
    ['notice', 'info'],
    ['constructor', 'info'],
    [undefined, 'info'],
  ])('takes %j for %s', (given, level) => {
    expect(jobLogLevelOf(given)).toBe(level);
  });
});
