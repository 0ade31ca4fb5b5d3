/** Wallets and benefits: sponsors and their plans, who is enrolled, claims, corrections; and one client's wallet. */
import { Screens, type ScreenList } from '../../app/Screens';
import type { ScreenProps } from '../../app/routes';
import { Claims } from './Claims';
import { Corrections } from './Corrections';
import { PlanPage } from './PlanPage';
import { Plans } from './Plans';
import { WalletPage } from './WalletPage';

const LIST: ScreenList = [['', Plans], ['claims', Claims], ['corrections', Corrections], ['plans/:id', PlanPage], ['of/:id', WalletPage]];

export default function Wallets({ rest }: ScreenProps) {
  return <Screens rest={rest} list={LIST} />;
}
