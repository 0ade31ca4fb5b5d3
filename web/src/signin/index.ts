export { SignIn } from './SignIn';
export { Verify } from './Verify';
