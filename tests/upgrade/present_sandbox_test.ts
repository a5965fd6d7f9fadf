/** Upgrades from what this version wrote, on the in-memory API server. */
import { testUpgrades } from "./on_sandbox.ts";

testUpgrades("present");
