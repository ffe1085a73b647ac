import { ScriptInclude } from '@servicenow/sdk/core';

export const selfTest = ScriptInclude({
  $id: Now.ID['include-self-test'],
  name: 'ChangebridgeSelfTest',
  apiName: 'x_chb_changebridge.ChangebridgeSelfTest',
  description: 'Lets the Automated Test Framework run the tests of the application.',
  active: true,
  accessibleFrom: 'package_private',
  clientCallable: false,
  script: Now.include('../script-includes/ChangebridgeSelfTest.server.js'),
});
