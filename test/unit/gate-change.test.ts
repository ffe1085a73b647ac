import { expect, test } from 'vitest';
import { newChange } from '../../bridge/flows/gate/new-change.ts';
import type { Gate } from '../../bridge/ledger/gates.ts';
import { parseTags } from '../../bridge/model/tags.ts';

function gate(request: Partial<Gate['request']> = {}): Gate {
  return { id: 'g_1', status: 'opening', created_at: 1, request: { reason: 'Coverage is low', ...request } };
}

test('a gate that says nothing but its reason opens a change that waits for an approval', () => {
  expect(newChange(gate(), 'u_external_tags')).toEqual({
    short_description: 'Deployment needs an approval',
    description: 'Coverage is low',
    approval: 'requested',
    correlation_id: 'g_1',
    correlation_display: 'Changebridge gate',
    u_external_tags: '',
  });
});

test('what the gate says goes into its field; service and pipeline stand in the description too', () => {
  const url = 'https://gitlab.example.com/p/7';
  const fields = newChange(
    gate({
      short_description: 'Deploy checkout',
      description: 'To production',
      business_service: 'Checkout',
      category: 'software',
      priority: '2',
      pipeline: { project_id: '42', id: '7', ref: 'main', url },
    }),
    'u_tags',
  );
  expect(fields).toMatchObject({
    short_description: 'Deploy checkout',
    description: `To production\nService: Checkout\nPipeline: ${url}`,
    business_service: 'Checkout',
    category: 'software',
    priority: '2',
  });
  expect(fields).not.toHaveProperty('u_external_tags');
});

test('the tags name the deployment: its run, its project, its pipeline and its ref, and what the gate adds', () => {
  const pipeline = { project_id: '42', id: '7', ref: 'main' };
  const { u_tags: tags = '' } = newChange(
    gate({ deploy_run_id: 'r_1', pipeline, tags: ['team-blue'] }),
    'u_tags',
  );
  expect(parseTags(tags)).toEqual({
    deployRun: 'r_1',
    gitlabProject: '42',
    gitlabPipeline: '7',
    gitlabRef: 'main',
    others: ['team-blue'],
  });
});
