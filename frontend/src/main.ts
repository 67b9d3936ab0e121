// The styles of components come after those of elements, so that they win at equal weight.
import './styles/tokens.css';
import './styles/base.css';
import './styles/print.css';
import { mount } from 'svelte';
import App from './App.svelte';

const target = document.getElementById('page');
if (!target) throw new Error('index.html has no element #page');
mount(App, { target });
