import { z } from 'zod';

/** None of its own, besides those that every service has. */
export const Settings = z.object({});
