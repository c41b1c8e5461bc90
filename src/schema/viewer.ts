import type { Principal } from '../domain/principal.ts';
import { builder } from './builder.ts';

export const ViewerType = builder.objectRef<Principal>('Viewer').implement({
  description: 'Who sends the request: a user who signed in, or a program with a token of its own.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false, description: 'Unique id.' }),
    name: t.exposeString('name', { nullable: false, description: 'Name, for people to read.' }),
    signedInAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the viewer signed in; null if that is unknown.',
      resolve: ({ signedInAt }) => (signedInAt === null ? null : new Date(signedInAt)),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When the viewer must sign in again at the latest.',
      resolve: ({ expiresAt }) => new Date(expiresAt),
    }),
  }),
});
