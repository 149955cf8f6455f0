/**
 * Who holds what of a customer's personal data, in the words of the answer to whoever asks: the order
 * service, which is given it, and those who may read the topic on which it says it. A test compares the names
 * with the rights at Kafka.
 */
export const HOLDERS = [
  {
    holder: 'order',
    holds: 'of each order below e-mail, name and address',
    for: 'to tell them to those who need them',
  },
  {
    holder: 'notification',
    holds: 'of each order below e-mail and name; of each mail the address and when it was sent',
    for: 'to mail how the order ended, once per outcome',
  },
  {
    holder: 'console',
    holds: 'of each order below that there is a contact, and nothing of what it says',
    for: 'to show operators how an order went',
  },
] as const;
