import { ApplicationMenu, Record } from '@servicenow/sdk/core';
import { userRole } from './roles.now';

export const menu = ApplicationMenu({
  $id: Now.ID['menu'],
  title: 'Changebridge',
  hint: 'Deliveries of change requests to the developer portal',
  description: 'Deliveries of change requests to the developer portal',
  roles: [userRole],
  active: true,
});

export const healthModule = Record({
  $id: Now.ID['module-health'],
  table: 'sys_app_module',
  data: {
    title: 'Health',
    application: menu,
    link_type: 'FILTER',
    name: 'x_chb_changebridge_health',
    filter: 'ORDERBYposition',
    hint: 'Is everything set, and does everything arrive?',
    roles: ['x_chb_changebridge.user'],
    active: true,
    order: 100,
  },
});

export const deliveriesModule = Record({
  $id: Now.ID['module-deliveries'],
  table: 'sys_app_module',
  data: {
    title: 'Deliveries',
    application: menu,
    link_type: 'FILTER',
    name: 'x_chb_changebridge_outbox',
    filter: 'ORDERBYDESCoccurred_at',
    hint: 'Every message to the portal, newest first',
    roles: ['x_chb_changebridge.user'],
    active: true,
    order: 200,
  },
});

export const failedModule = Record({
  $id: Now.ID['module-failed'],
  table: 'sys_app_module',
  data: {
    title: 'Failed deliveries',
    application: menu,
    link_type: 'FILTER',
    name: 'x_chb_changebridge_outbox',
    filter: 'state=dead^ORDERBYDESCoccurred_at',
    hint: 'Messages that will not be tried again by themselves',
    roles: ['x_chb_changebridge.user'],
    active: true,
    order: 300,
  },
});

export const settingsModule = Record({
  $id: Now.ID['module-settings'],
  table: 'sys_app_module',
  data: {
    title: 'Settings',
    application: menu,
    link_type: 'DIRECT',
    query: 'system_properties_ui.do?sysparm_title=Changebridge&sysparm_category=Changebridge',
    hint: 'Address, secrets, filter and times',
    roles: ['x_chb_changebridge.admin'],
    active: true,
    order: 400,
  },
});
