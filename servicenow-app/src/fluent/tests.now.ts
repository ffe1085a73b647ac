import { Record, Test } from '@servicenow/sdk/core';

export const signatureTest = Test(
  {
    $id: Now.ID['test-signature'],
    name: 'Changebridge: signature',
    description:
      'Computes the published Standard Webhooks signature with the MAC of this instance and compares it.',
    active: true,
    failOnServerError: true,
  },
  (atf) => {
    atf.server.runServerSideScript({
      $id: Now.ID['test-signature-run'],
      script: `(function (outputs, steps, params, stepResult, assertEqual) {
  var result = new x_chb_changebridge.ChangebridgeSelfTest().signature();
  stepResult.setOutputMessage(result.detail);
  assertEqual({ name: 'passed', shouldbe: true, value: result.passed });
})(outputs, steps, params, stepResult, assertEqual);`,
    });
  },
);

export const settingsTest = Test(
  {
    $id: Now.ID['test-settings'],
    name: 'Changebridge: settings',
    description:
      'Reads settings with unusable values and asserts the fallbacks; asserts that an address without TLS is refused.',
    active: true,
    failOnServerError: true,
  },
  (atf) => {
    atf.server.runServerSideScript({
      $id: Now.ID['test-settings-run'],
      script: `(function (outputs, steps, params, stepResult, assertEqual) {
  var result = new x_chb_changebridge.ChangebridgeSelfTest().settings();
  stepResult.setOutputMessage(result.detail);
  assertEqual({ name: 'passed', shouldbe: true, value: result.passed });
})(outputs, steps, params, stepResult, assertEqual);`,
    });
  },
);

export const claimsTest = Test(
  {
    $id: Now.ID['test-claims'],
    name: 'Changebridge: one worker for each change',
    description:
      'Takes, takes again and lets go of a claim, and asserts that only one holder is possible at a time.',
    active: true,
    failOnServerError: true,
  },
  (atf) => {
    atf.server.runServerSideScript({
      $id: Now.ID['test-claims-run'],
      script: `(function (outputs, steps, params, stepResult, assertEqual) {
  var result = new x_chb_changebridge.ChangebridgeSelfTest().claims();
  stepResult.setOutputMessage(result.detail);
  assertEqual({ name: 'passed', shouldbe: true, value: result.passed });
})(outputs, steps, params, stepResult, assertEqual);`,
    });
  },
);

export const columnTest = Test(
  {
    $id: Now.ID['test-column'],
    name: 'Changebridge: tags column',
    description: 'Asserts that change_request has the column that the settings name.',
    active: true,
    failOnServerError: true,
  },
  (atf) => {
    atf.server.runServerSideScript({
      $id: Now.ID['test-column-run'],
      script: `(function (outputs, steps, params, stepResult, assertEqual) {
  var result = new x_chb_changebridge.ChangebridgeSelfTest().column();
  stepResult.setOutputMessage(result.detail);
  assertEqual({ name: 'passed', shouldbe: true, value: result.passed });
})(outputs, steps, params, stepResult, assertEqual);`,
    });
  },
);

export const outboxTest = Test(
  {
    $id: Now.ID['test-outbox'],
    name: 'Changebridge: a change becomes a delivery',
    description:
      'Creates a change, writes its delivery without sending it, and asserts the states that the delivery walks through.',
    active: true,
    failOnServerError: true,
  },
  (atf) => {
    atf.server.recordInsert({
      $id: Now.ID['test-outbox-change'],
      table: 'change_request',
      fieldValues: { short_description: 'Changebridge self-test' },
      assert: 'record_successfully_inserted',
      enforceSecurity: false,
    });
    atf.server.runServerSideScript({
      $id: Now.ID['test-outbox-run'],
      script: `(function (outputs, steps, params, stepResult, assertEqual) {
  var result = new x_chb_changebridge.ChangebridgeSelfTest().outbox();
  stepResult.setOutputMessage(result.detail);
  assertEqual({ name: 'passed', shouldbe: true, value: result.passed });
})(outputs, steps, params, stepResult, assertEqual);`,
    });
  },
);

export const protectionTest = Test(
  {
    $id: Now.ID['test-protection'],
    name: 'Changebridge: nobody writes deliveries by hand',
    description: 'Acts as a new user without roles and asserts that inserting a delivery is refused.',
    active: true,
    failOnServerError: true,
  },
  (atf) => {
    atf.server.createUser({
      $id: Now.ID['test-protection-user'],
      firstName: 'Changebridge',
      lastName: 'Self-test',
      fieldValues: {},
      groups: [],
      roles: [],
      impersonate: true,
    });
    atf.server.recordInsert({
      $id: Now.ID['test-protection-insert'],
      table: 'x_chb_changebridge_outbox',
      fieldValues: { number: 'CHG0000000', state: 'pending' },
      assert: 'record_not_inserted',
      enforceSecurity: true,
    });
  },
);

export const suite = Record({
  $id: Now.ID['test-suite'],
  table: 'sys_atf_test_suite',
  data: {
    name: 'Changebridge',
    description: 'Whether Changebridge works on this instance.',
    active: true,
  },
});

export const signatureInSuite = Record({
  $id: Now.ID['test-suite-signature'],
  table: 'sys_atf_test_suite_test',
  data: { test_suite: suite, test: signatureTest, order: 100, abort_on_failure: false },
});

export const settingsInSuite = Record({
  $id: Now.ID['test-suite-settings'],
  table: 'sys_atf_test_suite_test',
  data: { test_suite: suite, test: settingsTest, order: 200, abort_on_failure: false },
});

export const claimsInSuite = Record({
  $id: Now.ID['test-suite-claims'],
  table: 'sys_atf_test_suite_test',
  data: { test_suite: suite, test: claimsTest, order: 300, abort_on_failure: false },
});

export const columnInSuite = Record({
  $id: Now.ID['test-suite-column'],
  table: 'sys_atf_test_suite_test',
  data: { test_suite: suite, test: columnTest, order: 400, abort_on_failure: false },
});

export const outboxInSuite = Record({
  $id: Now.ID['test-suite-outbox'],
  table: 'sys_atf_test_suite_test',
  data: { test_suite: suite, test: outboxTest, order: 500, abort_on_failure: false },
});

export const protectionInSuite = Record({
  $id: Now.ID['test-suite-protection'],
  table: 'sys_atf_test_suite_test',
  data: { test_suite: suite, test: protectionTest, order: 600, abort_on_failure: false },
});
