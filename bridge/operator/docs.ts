import { Hono } from 'hono';
import { html } from 'hono/html';
import type { HttpEnv } from '../http/env.ts';
import { PROBLEMS } from '../http/problem.ts';

/** `/docs/problems`: the page that the `type` of every error answer names. */
export function docsRoutes(): Hono<HttpEnv> {
  return new Hono<HttpEnv>().get('/problems', (c) => {
    const entries = Object.entries(PROBLEMS).map(
      ([name, { status, title, advice }]) =>
        html`<h2 id="${name}">${String(status)} ${title}</h2>
          <p>${advice}</p>`,
    );
    return c.html(
      html`<!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <title>Changebridge: problems</title>
            <style>
              body {
                font:
                  16px/1.5 system-ui,
                  sans-serif;
                max-width: 46rem;
                margin: 2rem auto;
                padding: 0 1rem;
              }
            </style>
          </head>
          <body>
            <h1>What an error answer means</h1>
            ${entries}
          </body>
        </html>`,
    );
  });
}
