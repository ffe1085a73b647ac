import { type Row, valueOf } from '../state/row.ts';
import type { Instance } from '../state/instance.ts';
import type { User } from '../state/users.ts';
import type { MenuGroup } from './layout.ts';

/** The navigator: what every instance has, and the menus that the installed app brings, as far as the roles reach. */
export function menuFor(instance: Instance, user: User): MenuGroup[] {
  const mine = `approver=${user.userId}^state=requested`;
  const stock: MenuGroup[] = [
    {
      title: 'Self-Service',
      entries: [
        {
          title: 'My Approvals',
          href: `/sysapproval_approver_list.do?sysparm_query=${encodeURIComponent(mine)}`,
          hint: 'What waits for your decision',
        },
      ],
    },
    {
      title: 'Change',
      entries: [
        { title: 'Create New', href: '/change_request.do?sys_id=-1', hint: 'A new change request' },
        {
          title: 'Open',
          href: '/change_request_list.do?sysparm_query=active%3Dtrue%5EORDERBYDESCnumber',
          hint: 'Changes that are not closed',
        },
        {
          title: 'All',
          href: '/change_request_list.do?sysparm_query=ORDERBYDESCnumber',
          hint: 'Every change request',
        },
        {
          title: 'Tasks',
          href: '/change_task_list.do?sysparm_query=ORDERBYDESCnumber',
          hint: 'What has to be done for changes',
        },
      ],
    },
  ];
  const system: MenuGroup = {
    title: 'System Logs',
    entries: [
      {
        title: 'All',
        href: '/syslog_list.do?sysparm_query=ORDERBYDESCsys_created_on',
        hint: 'What scripts logged',
      },
      {
        title: 'Events',
        href: '/sysevent_list.do?sysparm_query=ORDERBYDESCsys_created_on',
        hint: 'Queued and processed events',
      },
    ],
  };
  return [...stock, ...appMenus(instance, user), ...(user.roles.has('admin') ? [system] : [])];
}

function appMenus(instance: Instance, user: User): MenuGroup[] {
  const { store } = instance;
  if (store.dictionary.table('sys_app_application') === undefined) return [];
  return byOrder(store.all('sys_app_application'))
    .filter((application) => isFor(application, user))
    .map((application) => ({
      title: valueOf(application, 'title'),
      entries: byOrder(store.lookup('sys_app_module', 'application', valueOf(application, 'sys_id')))
        .filter((module) => isFor(module, user))
        .map((module) => ({
          title: valueOf(module, 'title'),
          href: hrefOf(module),
          hint: valueOf(module, 'hint'),
        })),
    }));
}

function byOrder(rows: Row[]): Row[] {
  return rows.toSorted((a, b) => Number(valueOf(a, 'order')) - Number(valueOf(b, 'order')));
}

/** Roles of menus are names, separated by commas; none means everyone. */
function isFor(row: Row, user: User): boolean {
  if (valueOf(row, 'active') === 'false') return false;
  const roles = valueOf(row, 'roles');
  return roles === '' || user.roles.has('admin') || roles.split(',').some((role) => user.roles.has(role));
}

function hrefOf(module: Row): string {
  const name = valueOf(module, 'name');
  const query = valueOf(module, 'filter') || valueOf(module, 'query');
  switch (valueOf(module, 'link_type')) {
    case 'DIRECT':
      return `/${valueOf(module, 'query')}`;
    case 'NEW':
      return `/${name}.do?sys_id=-1`;
    default:
      return `/${name}_list.do?sysparm_query=${encodeURIComponent(query)}`;
  }
}
