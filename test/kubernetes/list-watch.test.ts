/** The contract of list-watch, on our own server without faults. */

import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { FaultyApi } from '../support/faulty-api.ts';
import { describeListWatch } from './list-watch.suite.ts';

const PATH = '/api/v1/namespaces/suite/services';

describeListWatch('the faulty API without faults', async () => {
  const api = new FaultyApi([PATH]);
  await api.start();
  const client = new ApiClient(api.access);
  const collection = api.at(PATH);
  let count = 0;
  const put = async (name: string) => {
    collection.put(`suite/${name}`, { spec: { count: ++count } });
  };
  return {
    client,
    path: PATH,
    create: put,
    update: put,
    remove: async (name) => collection.remove(`suite/${name}`),
    clear: async () => {
      for (const { metadata } of collection.list()) collection.remove(`suite/${metadata.name}`);
    },
    stop: async () => {
      await client.close();
      await api.stop();
    },
  };
});
