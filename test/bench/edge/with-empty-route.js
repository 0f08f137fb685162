// The built server with one more route, which does as little as the product lets a route do: POST /v1/empty.
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ServerModule } from '../../../dist/apps/server/server.module.js';
import { run } from '../../../dist/apps/server/run.js';
import { Authenticated } from '../../../dist/libs/platform/routes.js';

class EmptyRoute {
  empty() {
    return {};
  }
}
const method = [EmptyRoute.prototype, 'empty', Object.getOwnPropertyDescriptor(EmptyRoute.prototype, 'empty')];
for (const decorate of [Post(), HttpCode(200), Authenticated()]) decorate(...method);
Controller('v1/empty')(EmptyRoute);

const over = ServerModule.over.bind(ServerModule);
ServerModule.over = (installation) => {
  const module = over(installation);
  return { ...module, controllers: [...module.controllers, EmptyRoute] };
};
await run(process.env);
