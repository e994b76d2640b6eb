import { InMemoryJobStore } from '@corral/core/testing';
import { afterEach, beforeEach } from 'vitest';
import { describeJobStore } from './job-store.contract.fixture.js';
import { StoreFolder } from './sqlite-folder.fixture.js';
import { SqliteJobStore } from './sqlite-job-store.js';

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

describeJobStore('SqliteJobStore', () => new SqliteJobStore(folder.open(), folder.logger));
describeJobStore('InMemoryJobStore', () => new InMemoryJobStore());
