/** Upgrades from what commit bc329e1 wrote, on the in-memory API server. */
import { testUpgrades } from "./on_sandbox.ts";

testUpgrades("former");
