/** Inputs of the batch path that are no messages of the contract. */
export const DEADLINE = 'DeadlinePassed';
export const RETRY = 'OperatorRetry';
export const COMPENSATE = 'OperatorCompensate';
