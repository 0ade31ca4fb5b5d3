/* A line per test, everything about a failure, and the count that ./dev test adds up. A flaky or interrupted test has
 * not passed; a skipped one is not counted but named. */
export default class LineReporter {
  passed = 0;
  failed = 0;

  printsToStdio() { return true; }

  onTestEnd(test, result) {
    const name = test.titlePath().slice(2).filter(Boolean).join(' › ');
    if (result.status === 'skipped') { console.log(`skip ${name}`); return; }
    const good = result.status === test.expectedStatus;
    good ? this.passed++ : this.failed++;
    console.log(`${good ? 'ok  ' : 'FAIL'} ${name} (${(result.duration / 1000).toFixed(1)} s)`);
    for (const error of good ? [] : result.errors) console.log(indent(error.stack ?? error.message ?? String(error.value)));
    if (!good && result.stdout.length) console.log(indent(result.stdout.join('')));
    for (const attachment of good ? [] : result.attachments) if (attachment.path) console.log(`     ${attachment.name}: ${attachment.path}`);
  }

  onError(error) {
    this.failed++;
    console.log(indent(error.stack ?? error.message ?? String(error.value)));
  }

  onEnd(result) {
    if (result.status !== 'passed' && this.failed === 0) {
      this.failed++;
      console.log(`FAIL the run ended as "${result.status}"`);
    }
    console.log(`${this.passed} passed, ${this.failed} failed`);
  }
}

const COLOURS = /\u001b\[[\d;]*m/g;
const indent = (text) => text.replace(COLOURS, '').split('\n').map((line) => `     ${line}`).join('\n');
