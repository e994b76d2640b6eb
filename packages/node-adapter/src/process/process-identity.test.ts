import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { hasEnvironment, identify, isSameProcess, parseStat } from './process-identity.js';

describe('process identity', () => {
  it('knows itself again', async () => {
    const identity = await identify(process.pid);
    expect(identity).toMatchObject({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) });
    expect(await isSameProcess(identity as NonNullable<typeof identity>)).toBe(true);
  });

  it('F18 is not fooled by a pid that was given to another program', async () => {
    const identity = await identify(process.pid);
    if (!identity) throw new Error('unreachable');
    expect(await isSameProcess({ ...identity, startTime: String(Number(identity.startTime) + 1) })).toBe(
      false,
    );
    expect(await isSameProcess({ ...identity, bootId: 'another boot' })).toBe(false);
    expect(await isSameProcess({ ...identity, startTime: null })).toBe(false);
    expect(await isSameProcess({ ...identity, pid: 0x3fffff })).toBe(false);
  });

  it('F17 takes no zombie for alive', async () => {
    // The shell's child ends at once, and the shell, which becomes `sleep`, never asks for it.
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 20'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [output] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(output.toString());
      expect(pid).toBeGreaterThan(0);
      await expect.poll(() => identify(pid), { timeout: 8000 }).toBeUndefined();
      expect(parseStat(await readFile(`/proc/${pid}/stat`, 'utf8')).state).toBe('Z');
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('reads a command name that holds brackets and spaces', () => {
    const fields = Array.from({ length: 30 }, (_, i) => i + 4).join(' ');
    expect(parseStat(`42 (evil) Z 1 (x) S ${fields}`)).toEqual({ state: 'S', startTime: '22' });
  });

  it('finds a variable only with exactly its value', async () => {
    const child = spawn('sleep', ['20'], { env: { CORRAL_A: 'one', B: 'CORRAL_A=two' }, stdio: 'ignore' });
    try {
      const pid = child.pid ?? 0;
      await expect.poll(() => hasEnvironment(pid, 'CORRAL_A', 'one'), { timeout: 8000 }).toBe(true);
      expect(await hasEnvironment(pid, 'CORRAL_A', 'on')).toBe(false);
      expect(await hasEnvironment(pid, 'CORRAL_A', 'two')).toBe(false);
      expect(await hasEnvironment(0x3fffff, 'CORRAL_A', 'one')).toBe(false);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
