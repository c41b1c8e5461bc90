import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from '../../../test/support/tools.ts';
import type { Contender } from '../contenders.ts';

const KEPT_CONNECTIONS = 64;

/** One nginx process that passes every request on to one of the servers in turn, over persistent connections. */
export function nginx(name: string, directory: string, urls: readonly string[]): Contender {
  return {
    name,
    launch(port) {
      const file = join(directory, `nginx-${port}.conf`);
      writeFileSync(file, configuration(port, directory, urls));
      // It logs to a file there before it reads its configuration.
      return { command: findTool('nginx') ?? 'nginx', args: ['-p', directory, '-c', file, '-e', 'stderr'] };
    },
  };
}

function configuration(port: number, directory: string, urls: readonly string[]): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (path) => `${path}_temp_path ${directory}/${path};`,
  );
  return `
    daemon off;
    master_process off;
    pid ${directory}/nginx-${port}.pid;
    error_log stderr;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${paths.join(' ')}
      # The default closes a connection after 1,000 requests.
      keepalive_requests 1000000;
      upstream gateways {
        ${urls.map((url) => `server ${new URL(url).host};`).join(' ')}
        keepalive ${KEPT_CONNECTIONS};
        keepalive_requests 1000000;
      }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://gateways;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_buffer_size 64k;
          proxy_buffers 8 64k;
        }
      }
    }`;
}
