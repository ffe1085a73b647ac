import type { PortStandIn } from '../server.ts';

/** Fills the catalog with three services, so that there is something to deploy. */
export function seedServices(port: Pick<PortStandIn, 'putEntity'>): void {
  const services = [
    {
      identifier: 'checkout',
      title: 'Checkout',
      description: 'Takes the payment and confirms the order',
      language: 'Go',
    },
    {
      identifier: 'patient-records',
      title: 'Patient records',
      description: 'Keeps the records that the wards read',
      language: 'Kotlin',
    },
    {
      identifier: 'ledger',
      title: 'Ledger',
      description: 'Books every transfer exactly once',
      language: 'TypeScript',
    },
  ];
  for (const { identifier, title, description, language } of services) {
    const repository = `https://gitlab.example.com/platform/${identifier}`;
    port.putEntity('service', { identifier, title, properties: { description, language, repository } });
  }
}
