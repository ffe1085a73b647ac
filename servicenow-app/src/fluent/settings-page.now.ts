import { Record } from '@servicenow/sdk/core';
import {
  enabled,
  bridgeUrl,
  primarySecret,
  secondarySecret,
  changeFilter,
  tagsField,
  midServer,
  timeoutSeconds,
  giveUpAfterHours,
  keepDeliveredDays,
  settingsPage,
} from './properties.now';

export const enabledOnPage = Record({
  $id: Now.ID['settings-page-enabled'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: enabled, order: 100 },
});

export const bridgeUrlOnPage = Record({
  $id: Now.ID['settings-page-bridge-url'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: bridgeUrl, order: 200 },
});

export const primarySecretOnPage = Record({
  $id: Now.ID['settings-page-primary-secret'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: primarySecret, order: 300 },
});

export const secondarySecretOnPage = Record({
  $id: Now.ID['settings-page-secondary-secret'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: secondarySecret, order: 400 },
});

export const changeFilterOnPage = Record({
  $id: Now.ID['settings-page-change-filter'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: changeFilter, order: 500 },
});

export const tagsFieldOnPage = Record({
  $id: Now.ID['settings-page-tags-field'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: tagsField, order: 600 },
});

export const midServerOnPage = Record({
  $id: Now.ID['settings-page-mid-server'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: midServer, order: 700 },
});

export const timeoutSecondsOnPage = Record({
  $id: Now.ID['settings-page-timeout-seconds'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: timeoutSeconds, order: 800 },
});

export const giveUpAfterHoursOnPage = Record({
  $id: Now.ID['settings-page-give-up-after-hours'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: giveUpAfterHours, order: 900 },
});

export const keepDeliveredDaysOnPage = Record({
  $id: Now.ID['settings-page-keep-delivered-days'],
  table: 'sys_properties_category_m2m',
  data: { category: settingsPage, property: keepDeliveredDays, order: 1000 },
});
