#!/usr/bin/env node
/** The `palmhold` command: the launcher with the command-line interface behind it. */
import { launch } from './launch.mjs'

launch('palmhold', process.argv.slice(2))
