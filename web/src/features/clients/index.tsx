/** The clients: the list, a new one, one with their tabs. */
import type { ScreenProps } from '../../app/routes';
import { Screens, type ScreenList } from '../../app/Screens';
import { ClientPage } from './ClientPage';
import { ClientsPage, NewClientPage } from './ClientsPage';

const LIST: ScreenList = [['', ClientsPage], ['new', NewClientPage], [':id', ClientPage], [':id/:tab', ClientPage]];

export default function Clients({ rest }: ScreenProps) {
  return <Screens rest={rest} list={LIST} />;
}
