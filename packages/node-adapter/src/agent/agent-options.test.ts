import { describe, expect, it } from 'vitest';
import { AdapterError } from '../errors.js';
import { agentHelp, isReadableOnTheWay, parseAgentOptions } from './agent-options.js';

const needed = ['--hub', 'http://gpu-box.lan:7676', '--token', 'a-secret-token'];
const refusal = (args: readonly string[], env: NodeJS.ProcessEnv = {}): string => {
  try {
    parseAgentOptions(args, env);
  } catch (error) {
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ code: 'invalid_option' });
    return (error as AdapterError).message;
  }
  throw new Error('Nothing was refused');
};

describe('parseAgentOptions', () => {
  it('needs a hub and a token, and has defaults for the rest', () => {
    expect(parseAgentOptions(needed, {})).toEqual({
      hub: new URL('http://gpu-box.lan:7676'),
      token: { token: 'a-secret-token' },
      hostId: undefined,
      name: undefined,
      intervalMs: 2000,
      ports: undefined,
    });
    expect(refusal(needed.slice(2))).toContain('--hub');
    expect(refusal(needed.slice(0, 2))).toContain('--token-file');
  });

  const env = {
    CORRAL_HUB: 'https://hub.example/corral',
    CORRAL_TOKEN: 'env-token',
    CORRAL_HOST_ID: 'env-host',
    CORRAL_HOST_NAME: 'Env Host',
    CORRAL_INTERVAL_MS: '5000',
    CORRAL_AGENT_PORTS: '11434, 8080,',
  };

  it('reads variables', () => {
    expect(parseAgentOptions([], env)).toEqual({
      hub: new URL('https://hub.example/corral'),
      token: { token: 'env-token' },
      hostId: 'env-host',
      name: 'Env Host',
      intervalMs: 5000,
      ports: [11_434, 8080],
    });
  });

  it('lets flags beat variables, the token file too', () => {
    const flags = ['--token-file', '/run/token', '--host-id', 'box', '--name', 'Box', '--interval-ms', '500'];
    const ports = ['--port', '1234', '--port', '8000', '--port', '1234'];
    expect(parseAgentOptions([...needed.slice(0, 2), ...flags, ...ports], env)).toEqual({
      hub: new URL('http://gpu-box.lan:7676'),
      token: { file: '/run/token' },
      hostId: 'box',
      name: 'Box',
      intervalMs: 500,
      ports: [1234, 8000],
    });
  });

  it.each([
    [['--hub', 'gpu-box:7676'], '--hub'],
    [['--hub', 'ftp://gpu-box'], '--hub'],
    [['--hub', 'http:gpu-box'], '--hub'],
    [['--hub', 'http://user:hunter22@gpu-box'], '--hub'],
    [['--hub', 'http://gpu-box?token=hunter22'], '--hub'],
    [['--hub', ''], '--hub'],
    [['--token', 'two words'], '--token'],
    [['--token', ''], '--token'],
    [['--token-file', 'x'], 'not both'],
    [['--host-id', 'Gpu_Box'], '--host-id'],
    [['--host-id', '../x'], '--host-id'],
    [['--name', 'a\u001b[31m'], '--name'],
    [['--name', 'n'.repeat(129)], '--name'],
    [['--interval-ms', '499'], '--interval-ms'],
    [['--interval-ms', '60001'], '--interval-ms'],
    [['--interval-ms', '2s'], '--interval-ms'],
    [['--port', '0'], '--port'],
    [['--port', '65536'], '--port'],
    [['--wake-models'], 'corral agent --help'],
    [['hunter22'], 'Expected options only'],
  ])('refuses %j and quotes no secret', (args, words) => {
    const message = refusal([...needed, ...args]);
    expect(message).toContain(words);
    expect(message).not.toMatch(/hunter22|a-secret-token/);
  });

  it('describes every flag', () => {
    for (const flag of ['hub', 'token', 'token-file', 'host-id', 'name', 'interval-ms', 'port'])
      expect(agentHelp).toContain(`--${flag} `);
  });
});

describe('isReadableOnTheWay', () => {
  it.each([
    ['http://gpu-box.lan:7676', true],
    ['http://192.168.1.20', true],
    ['http://127.0.0.1.example', true],
    ['http://127.0.0.1:7676', false],
    ['http://localhost:7676', false],
    ['http://[::1]:7676', false],
    ['https://gpu-box.lan', false],
  ])('says of %s: %s', (hub, isReadable) => {
    expect(isReadableOnTheWay(new URL(hub))).toBe(isReadable);
  });
});
