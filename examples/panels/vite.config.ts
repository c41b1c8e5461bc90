import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The page and the gateway share an origin, as behind a load balancer: no CORS.
const proxy = { '/graphql': process.env.GATEWAY_URL ?? 'http://127.0.0.1:4000' };

export default defineConfig({ plugins: [react()], server: { proxy }, preview: { proxy } });
