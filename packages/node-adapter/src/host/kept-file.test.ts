import { describe, expect, it } from 'vitest';
import { fileTree } from './file-tree.fixture.js';
import { KeptFile } from './kept-file.js';

describe('KeptFile', () => {
  it('reads what the file says now, each time from its start', async () => {
    const tree = await fileTree({ a: 'one\ntwo\n' });
    const file = new KeptFile(tree.at('a'));
    expect([file.read(), file.read()]).toEqual(['one\ntwo\n', 'one\ntwo\n']);
    await tree.write({ a: '3' });
    expect(file.read()).toBe('3');
    file.close();
  });

  it('leaves out a line that does not fit, as half a number is another number', async () => {
    const tree = await fileTree({ a: 'used 123\nfree 123456\n' });
    const file = new KeptFile(tree.at('a'), 18);
    expect(file.read()).toBe('used 123\n');
    file.close();
  });

  it('knows nothing of a file that is not there, of a folder, and after close', async () => {
    const tree = await fileTree({ 'folder/a': 'x' });
    expect(new KeptFile(tree.at('missing')).read()).toBeNull();
    const [folder, file] = [new KeptFile(tree.at('folder')), new KeptFile(tree.at('folder/a'))];
    expect([folder.read(), file.read()]).toEqual([null, 'x']);
    for (const kept of [folder, file, file]) kept.close();
    expect(file.read()).toBeNull();
  });
});
