import { installPanels, runPanels } from './example/panels.ts';

// Runs a script of the package in examples/panels, whose packages it installs if they are missing.
installPanels();
runPanels('npm', ['run', '--silent', ...process.argv.slice(2)]);
