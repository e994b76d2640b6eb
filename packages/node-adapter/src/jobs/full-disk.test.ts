import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { EventHub, type HubEvents, JobRunner, type TaskContext, type TaskResult } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ballast } from '../stores/ballast.js';
import { canMount, SmallDisk } from '../stores/small-disk.fixture.js';
import type { SqliteDatabase } from '../stores/sqlite-database.js';
import { StoreFolder } from '../stores/sqlite-folder.fixture.js';
import { SqliteJobStore } from '../stores/sqlite-job-store.js';

// Only root may mount a disk; the tests of the JobWriter do without.
if (canMount) {
  describe('F64 a job on a full disk', () => {
    let folder: StoreFolder;
    let disk: SmallDisk;
    let db: SqliteDatabase;
    let store: SqliteJobStore;
    let clock: SimulatedClock;
    beforeEach(() => {
      folder = new StoreFolder();
      disk = new SmallDisk(folder.path, 24);
      clock = new SimulatedClock();
      db = folder.open({}, path.join(disk.path, 'corral.db'));
      const ballast = new Ballast(path.join(disk.path, 'corral.ballast'), {
        roomBytes: 8 * 1024 ** 2,
        clock,
      });
      store = new SqliteJobStore(db, folder.logger, { ballast });
    });
    afterEach(() => {
      db.close();
      disk.dispose();
      folder.dispose();
    });

    /** Lets time pass, and the store do its work. */
    async function pass(seconds: number): Promise<void> {
      for (let step = 0; step < seconds * 4; step++) {
        await clock.advance(250);
        for (let turn = 0; turn < 5; turn++) await setImmediate();
      }
    }

    it('has what was finished meanwhile stored with the space of the ballast, log lines or not', async () => {
      const held: { context: TaskContext; finish: (result: TaskResult) => void }[] = [];
      const runner = new JobRunner({
        ...{ store, clock },
        events: new EventHub<HubEvents>(),
        executor: {
          plan: async () => [],
          runTask: (_task, context) => new Promise((finish) => held.push({ context, finish })),
        },
      });
      await runner.open();
      const tasks = [
        { taskId: 'a', prompt: 'x' },
        { taskId: 'b', prompt: 'x' },
        { taskId: 'c', prompt: 'x' },
      ];
      const { jobId } = await runner.submit({ projectDescription: 'x', tasks, concurrency: 2 });
      await pass(1);
      disk.fill();
      for (let line = 0; line < 20_000; line++) {
        held[0]?.context.log.debug(`${line} ${'x'.repeat(1000)}`);
        if (line % 200 === 0) await pass(0.25);
      }
      expect((await runner.get(jobId)).job.statusReason).toBe('disk_full');
      for (const { finish } of held) finish({ output: 'y'.repeat(300_000) });
      await pass(40);
      expect(readdirSync(disk.path)).not.toContain('corral.ballast');
      const outputs = await Promise.all(['a', 'b'].map((taskId) => store.output(jobId, taskId)));
      expect(outputs.map((output) => output?.length)).toEqual([300_000, 300_000]);
      disk.clear();
      await pass(40);
      expect(held).toHaveLength(3);
      const disposed = runner.dispose();
      await pass(5);
      await disposed;
      expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
    });
  });
}
