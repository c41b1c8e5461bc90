import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The page and the gateway share an origin and a `Host`, as behind a load balancer: no CORS.
const gateway = { target: process.env.GATEWAY_URL ?? 'http://127.0.0.1:4000', changeOrigin: false };
const proxy = { '/graphql': { ...gateway, ws: true }, '/session': gateway };

export default defineConfig({ plugins: [react()], server: { proxy }, preview: { proxy } });
