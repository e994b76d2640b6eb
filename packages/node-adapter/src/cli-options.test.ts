import { describe, expect, it } from 'vitest';
import { type Command, help, parseCommand } from './cli-options.js';
import { AdapterError } from './errors.js';
import { type ServeOptions, serveHelp } from './serve-options.js';

const serve = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ServeOptions => {
  const command = parseCommand(['serve', ...args], env);
  if (command.name !== 'serve') throw new Error(`Got ${command.name}`);
  return command.options;
};
const refusal = (args: readonly string[], env: NodeJS.ProcessEnv = {}): AdapterError => {
  try {
    parseCommand(args, env);
  } catch (error) {
    expect(error).toBeInstanceOf(AdapterError);
    expect(error).toMatchObject({ code: 'invalid_option' });
    return error as AdapterError;
  }
  throw new Error('Nothing was refused');
};

describe('parseCommand', () => {
  it('has defaults for everything', () => {
    expect(serve([])).toEqual({
      host: '127.0.0.1',
      port: 7676,
      modelsDirs: [],
      stateDir: undefined,
      llamaServer: undefined,
      allowHosts: [],
      allowOrigins: [],
      token: undefined,
      onExit: 'stop',
      portRange: undefined,
      attach: [],
      allowPublic: false,
      discover: false,
      resume: 'auto',
      pricesFile: undefined,
      energyUsdPerKwh: undefined,
      maxOutputTokens: undefined,
    });
  });

  const env = {
    CORRAL_HOST: '::1',
    CORRAL_PORT: '1',
    CORRAL_MODELS_DIR: '/env/models:/env/more, with a comma',
    CORRAL_STATE_DIR: '/env/state',
    CORRAL_LLAMA_SERVER: '/env/llama',
    CORRAL_ALLOW_HOST: 'a.lan, b.lan:80,',
    CORRAL_ALLOW_ORIGIN: 'https://a.example,https://b.example',
    CORRAL_TOKEN: 'env-token',
    CORRAL_ON_EXIT: 'adopt',
    CORRAL_PORT_RANGE: '9000-9010',
    CORRAL_ATTACH: 'http://a.lan:1,http://b.lan:2',
    CORRAL_ALLOW_PUBLIC: '1',
    CORRAL_DISCOVER: '1',
    CORRAL_RESUME: 'manual',
    CORRAL_PRICES: '/env/prices.json',
    CORRAL_ENERGY_PRICE: '0.31',
    CORRAL_MAX_OUTPUT_TOKENS: '512',
  };

  it('reads variables, lists with commas', () => {
    expect(serve([], env)).toEqual({
      host: '::1',
      port: 1,
      modelsDirs: ['/env/models', '/env/more, with a comma'],
      stateDir: '/env/state',
      llamaServer: '/env/llama',
      allowHosts: ['a.lan', 'b.lan:80'],
      allowOrigins: ['https://a.example', 'https://b.example'],
      token: 'env-token',
      onExit: 'adopt',
      portRange: { from: 9000, to: 9010 },
      attach: ['http://a.lan:1', 'http://b.lan:2'],
      allowPublic: true,
      discover: true,
      resume: 'manual',
      pricesFile: '/env/prices.json',
      energyUsdPerKwh: 0.31,
      maxOutputTokens: 512,
    });
  });

  it('lets flags beat variables', () => {
    const flags = [
      '--host',
      '127.0.0.1',
      '--port=2',
      '--models-dir',
      'm',
      '--models-dir=n',
      '--on-exit=stop',
      '--port-range=9020-9020',
      '--attach',
      'c.lan:3',
      '--state-dir',
      's',
      '--llama-server',
      'l',
      '--token',
      't',
      '--resume=auto',
      '--prices',
      'p.json',
      '--energy-price=0',
      '--max-output-tokens=7',
    ];
    const lists = [
      '--allow-host',
      'C.lan',
      '--allow-host',
      '[::1]:9',
      '--allow-origin',
      'https://c.example:8443',
    ];
    expect(serve([...flags, ...lists], env)).toEqual({
      host: '127.0.0.1',
      port: 2,
      modelsDirs: ['m', 'n'],
      stateDir: 's',
      llamaServer: 'l',
      allowHosts: ['c.lan', '[::1]:9'],
      allowOrigins: ['https://c.example:8443'],
      token: 't',
      onExit: 'stop',
      portRange: { from: 9020, to: 9020 },
      attach: ['c.lan:3'],
      allowPublic: true,
      discover: true,
      resume: 'auto',
      pricesFile: 'p.json',
      energyUsdPerKwh: 0,
      maxOutputTokens: 7,
    });
  });

  const helpFor = (args: readonly string[]): Command => parseCommand(args, {});

  it.each([[[]], [['--help']], [['-h']]])('answers %j with the commands', (args) => {
    expect(helpFor(args)).toEqual({ name: 'help', text: help });
    for (const command of ['corral serve', 'corral agent', 'corral token']) expect(help).toContain(command);
  });

  it('answers each command with --help by its own help, whatever else stands there', () => {
    expect(helpFor(['serve', '--port', 'x', '--help'])).toEqual({ name: 'help', text: serveHelp });
    expect(helpFor(['token', '-h'])).toMatchObject({
      name: 'help',
      text: expect.stringContaining('revoke ID'),
    });
    expect(helpFor(['token', 'create', '--help'])).toMatchObject({ name: 'help' });
  });

  it.each([[['--version']], [['-v']]])('answers %j with the version', (args) => {
    expect(parseCommand(args, {})).toEqual({ name: 'version' });
  });

  it.each([
    '--models-dir',
    '--llama-server',
    '--host',
    '--port',
    '--state-dir',
    '--allow-host',
    '--allow-origin',
    '--token',
    '--on-exit',
    '--port-range',
    '--attach',
    '--allow-public',
    '--discover',
    '--resume',
    '--prices',
    '--energy-price',
    '--max-output-tokens',
    '--help',
  ])('explains %s in the help of serve', (flag) => {
    expect(serveHelp).toContain(flag);
  });

  it.each([
    [['fly']],
    [['serve', 'twice']],
    [['--port', '1']],
    [['serve', '--nope']],
    [['serve', '--port']],
    [['serve', '--help=yes']],
    [['toString']],
  ])('refuses %j and says where help is', (args) => {
    expect(refusal(args).message).toMatch(/See corral (?:serve )?--help\.$/);
  });

  it.each(['', '-1', '65536', '80.5', '8080abc', '1e3', '0x50', '０', ' 80', '123456'])(
    'I14 refuses the port %j',
    (port) => {
      refusal(['serve', `--port=${port}`]);
      refusal(['serve'], { CORRAL_PORT: port });
    },
  );

  it.each(['-1', '1e3', 'Infinity', '', '0,3', '.5'])('refuses the tariff %j', (tariff) => {
    expect(refusal(['serve', `--energy-price=${tariff}`]).message).toContain('--energy-price');
  });

  it.each(['0', '-1', '1.5', '', '1e3'])('refuses %j tokens', (tokens) => {
    expect(refusal(['serve', `--max-output-tokens=${tokens}`]).message).toContain('--max-output-tokens');
  });

  it('refuses to resume otherwise than is known', () => {
    expect(refusal(['serve', '--resume=never']).message).toContain('--resume');
  });

  it.each(['0', '65535'])('takes the port %s', (port) => {
    expect(serve(['--port', port]).port).toBe(Number(port));
  });

  it.each(['*', '*.lan', 'http://a', 'a b', 'a/', 'a:b', 'a:99999', '-a', 'a@b', '[::1'])(
    'refuses the host %j',
    (host) => {
      expect(refusal(['serve', '--allow-host', host]).message).toContain('--allow-host');
    },
  );

  it.each([
    '*',
    'null',
    'dash.example',
    'https://dash.example/',
    'https://dash.example/x',
    'https://u@dash.example',
    'file:///x',
    'https://*.example',
    'https://dash.example:443',
    'javascript:alert(1)',
  ])('refuses the origin %j', (origin) => {
    expect(refusal(['serve', '--allow-origin', origin]).message).toContain('--allow-origin');
  });

  it('refuses an empty token, which would let everyone in, and ways to exit that it does not know', () => {
    refusal(['serve', '--token', '']);
    refusal(['serve'], { CORRAL_TOKEN: '' });
    refusal(['serve', '--on-exit', 'leave']);
    refusal(['serve'], { CORRAL_ON_EXIT: 'leave' });
  });

  it.each(['8100', '8100-', '-8199', '8199-8100', '0-1', '1-65536', 'a-b'])(
    'refuses the port range %s',
    (range) => {
      expect(refusal(['serve', `--port-range=${range}`]).message).toContain('--port-range');
    },
  );
});
