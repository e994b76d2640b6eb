import { describe, expect, it } from 'vitest';
import { isSelf, listenAddresses } from './self-reference.js';

describe('isSelf', () => {
  it.each([
    ['127.0.0.1', 'localhost'],
    ['127.0.0.1', '::1'],
    ['localhost', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['0.0.0.0', 'corral.localhost'],
    ['::ffff:192.168.1.5', '192.168.1.5'],
    ['FD00::5', 'fd00:0::5'],
    ['Box.lan.', 'box.lan'],
  ])('I18 when we listen at `%s`, `%s` is us', (own, host) => {
    expect(isSelf(host, 3000, [{ host: own, port: 3000 }])).toBe(true);
    expect(isSelf(host, 3001, [{ host: own, port: 3000 }])).toBe(false);
  });

  it.each([
    ['127.0.0.1', '192.168.1.5'],
    ['192.168.1.5', '127.0.0.1'],
    ['192.168.1.5', 'localhost'],
    ['box.lan', 'fox.lan'],
  ])('when we listen at `%s`, `%s` is someone else', (own, host) => {
    expect(isSelf(host, 3000, [{ host: own, port: 3000 }])).toBe(false);
  });
});

describe('listenAddresses', () => {
  const lan = { eth0: [{ address: '192.168.1.5' }, { address: 'fd00::5' }] } as never;

  it('F57 names every address of the machine when we listen at all of them', () => {
    const own = listenAddresses('0.0.0.0', 3000, lan);
    expect(own.map(({ host }) => host)).toEqual(['0.0.0.0', '192.168.1.5', 'fd00::5']);
    expect(isSelf('192.168.1.5', 3000, own)).toBe(true);
    expect(isSelf('192.168.1.6', 3000, own)).toBe(false);
  });

  it('names the one address at which we listen', () => {
    expect(listenAddresses('127.0.0.1', 3000, lan)).toEqual([{ host: '127.0.0.1', port: 3000 }]);
  });
});
