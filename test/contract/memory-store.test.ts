/** Runs the record store contract on the memory store. */
import { MemoryStore } from '../../src/store/memory-store.ts';
import { recordStoreSuite } from './record-store.suite.ts';

recordStoreSuite('memory', async () => {
  const store = new MemoryStore();
  return { store, close: () => store.stop() };
});
