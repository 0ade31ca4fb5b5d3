import { render } from 'preact';
import { startRouter } from '../lib/router';
import { App } from './App';
import { startSession } from './session';
import { applyTheme } from './theme';

applyTheme();
startRouter('/app');
startSession();
render(<App />, document.getElementById('root') as HTMLElement);
