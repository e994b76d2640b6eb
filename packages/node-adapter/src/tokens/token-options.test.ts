import { describe, expect, it } from 'vitest';
import { parseTokenOptions, tokenHelp } from './token-options.js';

const parse = (line: string, env: NodeJS.ProcessEnv = {}) => parseTokenOptions(line.split(' '), env);
const refusal = (args: readonly string[]): string => {
  try {
    parseTokenOptions(args, {});
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_option' });
    return (error as Error).message;
  }
  throw new Error('Nothing was refused');
};

describe('parseTokenOptions', () => {
  it('reads what there is to do', () => {
    expect(parse('create --scope view')).toEqual({
      action: 'create',
      scope: 'view',
      hostId: null,
      name: '',
      stateDir: undefined,
    });
    expect(parse('create --scope agent --host-id gpu-box --name Barn --state-dir s')).toEqual({
      action: 'create',
      scope: 'agent',
      hostId: 'gpu-box',
      name: 'Barn',
      stateDir: 's',
    });
    expect(parse('list', { CORRAL_STATE_DIR: '/env' })).toEqual({ action: 'list', stateDir: '/env' });
    expect(parse('revoke 0123abcd')).toEqual({ action: 'revoke', id: '0123abcd', stateDir: undefined });
  });

  it.each([
    [['create']],
    [['create', '--scope', 'root']],
    [['create', '--scope', 'toString']],
    [['create', 'more', '--scope', 'view']],
    [['create', '--scope', 'agent']],
    [['create', '--scope', 'agent', '--host-id', '../x']],
    [['create', '--scope', 'agent', '--host-id', 'GPU']],
    [['create', '--scope', 'view', '--host-id', 'gpu-box']],
    [['create', '--scope', 'view', '--name', 'a\u001b[2J']],
    [['create', '--scope', 'view', '--name', 'a\u202eb']],
    [['create', '--scope', 'view', '--name', 'x'.repeat(129)]],
    [['list', '--scope', 'view']],
    [['list', 'all']],
    [['revoke']],
    [['revoke', 'a', 'b']],
    [['list', '--state-dir', '']],
    [['burn']],
    [[]],
    [['list', '--nope']],
  ])('refuses %j', (args) => {
    expect(refusal(args)).toMatch(/^Expected|^Unknown option/);
  });

  it('does not repeat a secret that somebody took for an id', () => {
    expect(refusal(['revoke', 'corral_0123abcd_secret'])).not.toContain('secret');
  });

  it.each(['--scope', '--host-id', '--name', '--state-dir', '--help', 'create', 'list', 'revoke'])(
    'explains %s',
    (word) => {
      expect(tokenHelp).toContain(word);
    },
  );
});
