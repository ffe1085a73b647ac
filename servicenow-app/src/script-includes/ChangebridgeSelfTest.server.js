// The Automated Test Framework reaches modules through a script include only.
var ChangebridgeSelfTest = Class.create();
ChangebridgeSelfTest.prototype = {
  initialize: function () {
    this.module = require('x_chb_changebridge/changebridge-servicenow-app/0.1.0/src/server/self-test.ts');
  },
  signature: function () {
    return this.module.testSignature();
  },
  settings: function () {
    return this.module.testSettings();
  },
  claims: function () {
    return this.module.testClaims();
  },
  outbox: function () {
    return this.module.testOutbox();
  },
  column: function () {
    return this.module.testColumn();
  },
  type: 'ChangebridgeSelfTest',
};
